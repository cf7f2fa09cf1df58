/** What documents say yes and no with. */
/** In whatever case. */
export const FLAG = /^(?:true|false)$/i;
