/** What is thrown at a text that names no place of large bodies. */

/** The message says what was expected, and quotes nothing that may be a key. */
export class InvalidBlobLocation extends Error {}
