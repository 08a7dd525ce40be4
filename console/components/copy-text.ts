/**
 * Copies to the clipboard. Pages on plain http (other than localhost) have no `navigator.clipboard`; there a selection
 * and the old command still work.
 */

/** @returns whether the clipboard now holds the text */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // The permission was refused, or the page has no focus. The command may still work.
    }
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  // Inside an open dialog, since everything outside of it cannot be focused.
  const parent = focused?.closest('[role="dialog"], [role="alertdialog"]') ?? document.body;
  area.className = 'copy-source';
  parent.append(area);
  area.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
