/**
 * Where the bytes of a version stand that was written in one piece: short ones in the version's own row, so that it is
 * one row, and replacing it leaves no garbage; others in a content. What is encrypted has a data key of its own, so its
 * bytes are in a content however short they are.
 */
import type { KeyValuePut } from '../../contract/key-value-store.js';
import { newId } from '../context/new-id.js';
import type { StoreContext } from '../context/store-context.js';
import { nothingUncompacted, type ObjectRecord } from '../records/version-record.js';
import type { Arrival } from './write-body.js';

/** The part of a version that says where its bytes are, and the rows of its content. */
export type PlacedBody = Pick<ObjectRecord, 'body' | 'contentId' | 'referenceId' | 'uncompacted'> & {
  readonly puts: readonly KeyValuePut[];
};

/** @returns Where the bytes of an object go that does not grow. */
export function placeBody(context: StoreContext, { received, content }: Arrival): PlacedBody {
  const { length, bytes } = received;
  const { contentId, cipher } = content;
  if (bytes !== undefined && cipher === undefined && length <= context.settings.rowBodyLengthMax) {
    return bodyInRow(contentId, bytes());
  }
  return {
    contentId,
    referenceId: newId(context),
    uncompacted: nothingUncompacted(length),
    puts: [...content.puts, ...received.rowsAt(content, 0)],
  };
}

/** @param id Names the version. @returns That these bytes stand in the version's row. */
export function bodyInRow(id: string, body: Uint8Array): PlacedBody {
  return { body, contentId: id, referenceId: id, uncompacted: nothingUncompacted(body.length), puts: [] };
}
