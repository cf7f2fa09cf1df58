/** Ports for programs that cannot choose one and say which: the same function that the database of tests has. */
export { freePort } from '../../packages/store/src/key-value/postgres/free-port-fixture.js';
