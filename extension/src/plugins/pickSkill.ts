/** A command that is about a skill and was not told which one asks the person. */
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { failureOf, type Client, type Request } from '../client/client';
import type { SkillRow } from '../protocol';

/** The name of one of the skills that are asked for and `fits`; null when the person picks none, or there is none and `none` has been said. */
export async function pickSkill(
  client: Client,
  trans: TranslationBundle,
  which: Request<'skills.list'>,
  fits: (row: SkillRow) => boolean,
  none: () => void
): Promise<string | null> {
  try {
    const { skills } = await client.call('skills.list', { limit: 1000, ...which });
    const items = skills.filter(fits).map(({ name }) => name);
    if (!items.length) {
      none();
      return null;
    }
    const { button, value } = await InputDialog.getItem({ title: trans.__('Which skill?'), items });
    return button.accept ? value : null;
  } catch (error) {
    const { message, remedy } = failureOf(error);
    Notification.error(`${message} ${remedy ?? ''}`.trim());
    return null;
  }
}
