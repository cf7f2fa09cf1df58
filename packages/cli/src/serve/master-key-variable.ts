/**
 * Where the master key may stand outside a file of settings. Apart, because help texts need it and the server is loaded
 * by `serve` only.
 */
export const MASTER_KEY_VARIABLE = 'ANNALS_MASTER_KEY';
