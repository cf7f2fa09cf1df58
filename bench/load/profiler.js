// @ts-check
/**
 * Loaded into a server that is profiled, in front of it (`--import`): profiles the main thread from one SIGUSR2 to the
 * next and then writes the profile into the file that `ANNALS_BENCH_PROFILE` names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

const file = process.env.ANNALS_BENCH_PROFILE;
const INTERVAL_MICROSECONDS = 250;

if (file !== undefined && isMainThread) {
  const session = new Session();
  let isRunning = false;
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
  process.on('SIGUSR2', () => {
    if (isRunning) {
      session.post('Profiler.stop', (error, answer) => {
        // The file is whole when it has its name.
        writeFileSync(`${file}.part`, JSON.stringify(error ?? answer.profile));
        renameSync(`${file}.part`, file);
      });
    } else session.post('Profiler.start');
    isRunning = !isRunning;
  });
}
