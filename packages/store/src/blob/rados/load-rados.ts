/**
 * The door to this engine: its modules and the library are loaded when a pool is used, so that all other stores start
 * as they would without it.
 */
import type { PlaceFinding } from '../../contract/place-finding.js';
import type { RadosBlobStoreOptions, RadosBlobs } from './open.js';
import type { RadosPlace } from './rados-place.js';

/** Opens blobs in a pool; does not connect yet. @throws {LibradosMissing} librados or koffi is not installed. */
export async function openRadosBlobStore(options: RadosBlobStoreOptions): Promise<RadosBlobs> {
  const { openRadosBlobStore: open } = await import('./open.js');
  return open(options);
}

/**
 * Tries everything that the engine needs of a pool, step by step.
 * @throws {LibradosMissing} librados or koffi is not installed; for what the cluster does, a finding says so.
 */
export async function* checkRadosPlace(place: RadosPlace): AsyncGenerator<PlaceFinding, void, undefined> {
  const { checkRadosPlace: check } = await import('./check-rados-place.js');
  yield* check(place);
}
