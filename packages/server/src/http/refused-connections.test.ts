import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RefusedConnections } from './refused-connections.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('RefusedConnections keeps an eighth of the places, each for its time, and closes what is more at once', () => {
  const refused = new RefusedConnections(16, 1000);
  const sockets = [new Socket(), new Socket(), new Socket()];
  expect(sockets.map((socket) => refused.add(socket))).toEqual([true, true, false]);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
  vi.advanceTimersByTime(1000);
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
});

test('one that finds a place after all is not closed for the time that it waited', () => {
  const refused = new RefusedConnections(8, 1000);
  const socket = new Socket();
  expect(refused.add(socket)).toBe(true);
  vi.advanceTimersByTime(999);
  refused.release(socket);
  refused.release(socket);
  vi.advanceTimersByTime(10_000);
  expect(socket.destroyed).toBe(false);
  // Its place among them is free.
  expect(refused.add(new Socket())).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(socket.destroyed).toBe(false);
});
