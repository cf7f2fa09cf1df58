/** Gives a reader of an XML document thousands of spoiled ones. Leaves out which readers there are: their tests say. */
import fc from 'fast-check';
import { readHostileInputs } from './hostile-inputs.js';
import { bytesOfText, mutate, mutationPlan } from './mutations.js';
import { XML_MUTATIONS } from './xml-mutations.js';

/** A reader and where to begin. */
export interface DocumentReader {
  /** Reads, and where the server keeps what it read, also judges and writes it. */
  readonly read: (document: Uint8Array) => unknown;
  /** Codes of its refusals besides that of a document which is none. */
  readonly refusals?: readonly string[];
  /** Valid documents, short: every one is spoiled thousands of times. */
  readonly documents: readonly string[];
}

/**
 * About twice what reading takes: the library keeps some thirty bytes for each character, and there are a tree and a
 * result besides.
 */
const ALLOWANCE = { perInputBytes: 12 * 1024, perCharacterBytes: 96 };

/**
 * Reads the documents.
 * @param malformed The code for what is no document, if the reader refuses that.
 */
export async function readSpoiledDocuments(
  { read, refusals = [], documents }: DocumentReader,
  malformed: readonly string[] = ['MalformedXML'],
): Promise<void> {
  await readHostileInputs({
    inputs: fc
      .tuple(fc.constantFrom(...documents.map(bytesOfText)), mutationPlan)
      .map(([document, plan]) => Buffer.from(mutate(document, plan, XML_MUTATIONS), 'latin1')),
    read,
    refusals: [...malformed, ...refusals],
    lengthOf: (document) => document.length,
    allowance: ALLOWANCE,
  });
}
