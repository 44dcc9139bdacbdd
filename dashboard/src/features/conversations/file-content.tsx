import { CircleAlert, FileText, Headphones, Image as ImageIcon, Mic, Sticker, Video } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types.ts';
import { sameOrigin } from '../../api/upload.ts';
import { useFormat } from '../../i18n/format.ts';
import styles from './messages.module.css';
import { useTypeName } from './names.ts';
import { previewOf } from './outbox.ts';

const ICONS = { image: ImageIcon, video: Video, audio: Headphones, voice: Mic, document: FileText, sticker: Sticker };
const MEGABYTE = 1024 * 1024;

type FileType = keyof typeof ICONS;

/** The file of a message: a picture, a player, or a document to be fetched. */
export function FileContent({ message }: { message: Message }) {
  const { t } = useTranslation('conversations');
  const typeName = useTypeName();
  const format = useFormat();
  const [isGone, setGone] = useState(false);
  const { media, type, messageId } = message;
  const kind = type in ICONS ? (type as FileType) : undefined;
  if (!media && !kind) return null;
  const shown = kind ?? 'document';
  const url = media?.url ? sameOrigin(media.url) : previewOf(messageId);
  const name = media?.fileName ?? typeName(type);
  if (!url || isGone) {
    const Icon = isGone ? CircleAlert : ICONS[shown];
    return (
      <p className={styles.fileLine}>
        <Icon aria-hidden />
        <span>
          {name}
          {isGone && <small>{t('fileGone')}</small>}
        </span>
      </p>
    );
  }
  const failed = { onError: () => setGone(true) };
  if (shown === 'image' || shown === 'sticker') {
    return (
      <a href={url} target="_blank" rel="noreferrer" className={shown === 'image' ? styles.image : styles.sticker}>
        <img src={url} alt={message.text ?? name} loading="lazy" {...failed} />
      </a>
    );
  }
  if (shown === 'video') {
    return <video className={styles.video} src={url} controls preload="metadata" aria-label={name} {...failed} />;
  }
  if (shown === 'audio' || shown === 'voice') {
    return <audio className={styles.audio} src={url} controls preload="none" aria-label={name} {...failed} />;
  }
  return (
    <a className={styles.fileLine} href={url} download={media?.fileName ?? ''}>
      <FileText aria-hidden />
      <span>
        {name}
        {media?.size != null && (
          <small>
            {t('megabytes', { size: format.number(Math.max(0.1, Math.round((media.size / MEGABYTE) * 10) / 10)) })}
          </small>
        )}
      </span>
    </a>
  );
}
