/** Puts a text on the clipboard; false where a page may not, and the person has to select it. */
export const copied = async (text: string): Promise<boolean> =>
  (await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false
  )) ?? false;
