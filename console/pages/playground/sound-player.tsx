/** Plays a sound of this page. */
import { useObjectUrl } from '../../components/use-object-url.ts';
import styles from './sound.module.css';

interface SoundPlayerProps {
  /** The accessible name. */
  readonly label: string;
  readonly sound: Blob;
}

export function SoundPlayer({ label, sound }: SoundPlayerProps) {
  const address = useObjectUrl(sound);
  return (
    // biome-ignore lint/a11y/useMediaCaption: the text of the sound stands beside it, or is what the page is to find out.
    <audio controls src={address} aria-label={label} className={styles.player} />
  );
}
