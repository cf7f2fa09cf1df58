/**
 * Runs of an append writer through a proxy that breaks: at every byte of every request and answer of an undisturbed run
 * in turn, now and then a second time, and with requests that arrive late. After each run the object must hold what was
 * written, once and in order. Leaves out how many runs there are (`exactly-once.test.ts`, `exactly-once.soak.test.ts`).
 */
import { createClient, readAll } from '@annals/client';
import type { ServerProcess } from '../harness/server-process.js';
import { type Fate, startUnreliableProxy } from '../harness/unreliable-proxy.js';

/** What some runs did. */
export interface RunSummary {
  readonly runCount: number;
  /** Runs whose object was not what had been written. */
  readonly wrong: readonly string[];
  readonly retryCount: number;
  readonly lateCount: number;
}

/** Of one run without faults: the look for the end, and an append for each text. */
const TEXTS = ['first piece, ', 'the second piece; ', 'and the last'];
const REQUEST_COUNT = TEXTS.length + 1;

/** No message of a run is longer; bytes beyond its end cut nothing. */
const MESSAGE_LENGTH_MAX = 1024;
const PLACE_COUNT = REQUEST_COUNT * 2 * MESSAGE_LENGTH_MAX;

/** Long enough for a busy machine; a lost message costs this much. */
const TIMEOUT_MS = 1000;

/**
 * @param runCount Runs; the places of their faults are spread evenly over all there are.
 * @param seed For the second faults.
 */
export async function runExactlyOnce(server: ServerProcess, runCount: number, seed: number): Promise<RunSummary> {
  const random = randomNumbers(seed);
  const wrong: string[] = [];
  let retryCount = 0;
  let lateCount = 0;
  let fates = new Map<number, Fate>();
  let requestCount = 0;
  const proxy = await startUnreliableProxy(server.port, () => {
    const fate = fates.get(requestCount) ?? { kind: 'pass' };
    requestCount += 1;
    if (fate.kind === 'late') lateCount += 1;
    return fate;
  });
  const { accessKeyId, accessKeySecret } = server;
  const direct = createClient({ endpoint: server.endpoint, accessKeyId, accessKeySecret });
  const client = createClient({ endpoint: proxy.endpoint, accessKeyId, accessKeySecret, timeoutMs: TIMEOUT_MS });
  try {
    for (let run = 0; run < runCount; run += 1) {
      const key = `run-${seed}-${run}`;
      fates = planRun(Math.floor((run * PLACE_COUNT) / runCount), random);
      requestCount = 0;
      const writer = client.appendWriter('logs', key, {
        lingerMs: 0,
        retry: { delayMs: 1, delayMsMax: 2 },
        onRetry: () => {
          retryCount += 1;
        },
      });
      for (const text of TEXTS) {
        await writer.write(text);
        await writer.flush();
      }
      await writer.close();
      await proxy.settle();
      const { body } = await direct.getObject({ bucket: 'logs', key });
      const found = new TextDecoder().decode(await readAll(body));
      if (found !== TEXTS.join('')) wrong.push(`${key} ${JSON.stringify([...fates])}: ${found}`);
    }
  } finally {
    await proxy.close();
  }
  return { runCount, wrong, retryCount, lateCount };
}

/** The fault of a place, by the number of its request, and sometimes others for the requests behind it. */
function planRun(place: number, random: () => number): Map<number, Fate> {
  const at = place % MESSAGE_LENGTH_MAX;
  const isAnswer = Math.floor(place / MESSAGE_LENGTH_MAX) % 2 === 1;
  const request = Math.floor(place / (2 * MESSAGE_LENGTH_MAX));
  const fates = new Map<number, Fate>([[request, { kind: isAnswer ? 'cut-answer' : 'cut-request', at }]]);
  for (let more = request + 1; random() < 0.3; more += 1) fates.set(more, randomFate(random));
  return fates;
}

function randomFate(random: () => number): Fate {
  const kind = random();
  const at = Math.floor(random() * MESSAGE_LENGTH_MAX);
  if (kind < 0.3) return { kind: 'cut-request', at };
  if (kind < 0.6) return { kind: 'cut-answer', at };
  if (kind < 0.98) {
    const order = (['before', 'beside', 'after'] as const)[Math.floor(random() * 3)] ?? 'after';
    return { kind: 'late', order };
  }
  return { kind: 'lose' };
}

/** Numbers from 0 up to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
