/** The block of public access in all buckets, among the configurations of the service. */
/** Name among the configurations of the service. */
export const PUBLIC_ACCESS_BLOCK = 'publicAccessBlock';
