/**
 * One client of a history, in the process of the store that it calls: answers and failures as the checker knows them.
 */
import { crc64 } from '@annals/checksum';
import { bodyOf } from '../conformance/object-store-bodies.js';
import { collect, plainAttributes } from '../conformance/object-store-test-store.js';
import type { ObjectClient } from '../linearizability/drive-histories.js';
import type { ObjectCall, ObjectOutcome, ObservedObject } from '../linearizability/history.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { isFailure } from '../object-store/store-failure.js';
import type { ObjectHead } from '../object-store/types.js';

/** @param waitTurn Resolves when the client may call: where nothing waits, time would stand still. */
export function storeObjectClient(store: ObjectStore, bucket: string, waitTurn: () => Promise<void>): ObjectClient {
  return {
    async perform(key, call, body, sending) {
      sending();
      await waitTurn();
      try {
        return await perform(store, { bucket, key }, call, body);
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

async function perform(
  store: ObjectStore,
  target: { readonly bucket: string; readonly key: string },
  call: ObjectCall,
  body: Uint8Array,
): Promise<ObjectOutcome> {
  const written = { ...target, ownerId: 'owner', attributes: plainAttributes, expected: {} };
  switch (call.kind) {
    case 'append': {
      const { position, appendId } = call;
      const input = { ...written, callerId: 'caller', position, ...(appendId !== undefined && { appendId }) };
      const { head } = await store.appendObject(input, bodyOf(body, { chunkLength: 50 }));
      return { kind: 'done', lengthBytes: head.length, crc64: head.crc64 };
    }
    case 'put': {
      const input = { ...written, forbidOverwrite: false, lengthMax: 1_000_000 };
      const head = await store.putObject(input, bodyOf(body, { chunkLength: 50 }));
      return { kind: 'done', lengthBytes: head.length, crc64: head.crc64 };
    }
    case 'delete':
      await store.deleteObject(target);
      return { kind: 'done' };
    case 'seal':
      await store.sealObject({ ...target, position: call.position });
      return { kind: 'done' };
    case 'head':
      return { kind: 'found', object: observed(await store.headObject(target)) };
    case 'get': {
      const opened = await store.openObject(target);
      try {
        const bytes = await collect(opened.read({ start: 0, end: opened.head.length }));
        return { kind: 'found', object: { ...observed(opened.head), lengthBytes: bytes.length, crc64: crc64(bytes) } };
      } finally {
        opened.release();
      }
    }
  }
}

function observed({ length, crc64: checksum, type, sealedAtMs }: ObjectHead): ObservedObject {
  return {
    lengthBytes: length,
    crc64: checksum,
    type: type === 'appendable' ? 'appendable' : 'normal',
    isSealed: sealedAtMs !== undefined,
  };
}

function outcomeOf(error: unknown): ObjectOutcome {
  if (!isFailure(error)) throw error;
  const { reason } = error;
  switch (reason.kind) {
    case 'no-such-key':
      return { kind: 'absent' };
    case 'position-mismatch':
      return { kind: 'position-mismatch' };
    case 'not-appendable':
    case 'not-sealable':
    case 'already-exists':
      return { kind: 'wrong-type' };
    case 'sealed':
      return { kind: 'sealed' };
    case 'append-id-conflict':
      return { kind: 'id-conflict' };
    case 'contended':
      return { kind: 'not-done' };
    case 'unavailable':
      return reason.because === 'disk-full' || reason.because === 'read-only'
        ? { kind: 'not-done' }
        : { kind: 'unknown' };
    default:
      throw error;
  }
}
