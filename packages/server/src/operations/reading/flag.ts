/** The spellings of yes and no in documents. */
/** In whatever case. */
export const FLAG = /^(?:true|false)$/i;
