/** What a reader of a listing gets that a writer does not send: a page that does not say whether there is more. */

/** A page of a listing as it came. OSS says in each one whether there is more; other servers may leave that out. */
export type ReceivedPage<Page extends { readonly isTruncated: boolean }> = Omit<Page, 'isTruncated'> & {
  readonly isTruncated: boolean | undefined;
};
