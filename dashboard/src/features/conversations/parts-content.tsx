import { MapPin, UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Message } from '../../api/types.ts';
import styles from './messages.module.css';
import { pathOf } from './names.ts';

const DIGITS = 5;

interface PartsContentProps {
  /** Of the instance. */
  name: string;
  message: Message;
  onVote: (message: Message, options: string[]) => void;
}

/** A place, contact cards, or a poll. */
export function PartsContent({ name, message, onVote }: PartsContentProps) {
  const { t } = useTranslation('conversations');
  const { location, contacts, poll } = message;
  return (
    <>
      {location && (
        <p className={styles.fileLine}>
          <MapPin aria-hidden />
          <span>
            {location.name ?? t(location.isLive ? 'liveLocation' : 'types.location')}
            {location.address && <small>{location.address}</small>}
            <small>{`${location.latitude.toFixed(DIGITS)}, ${location.longitude.toFixed(DIGITS)}`}</small>
          </span>
        </p>
      )}
      {contacts.map((contact, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the cards of a message stand in its order
        <div key={index} className={styles.fileLine}>
          <UserRound aria-hidden />
          <span>
            {contact.name ?? t('types.contact')}
            {contact.phones.map((phone) => (
              <small key={phone}>
                <Link href={pathOf(name, `${phone}@s.whatsapp.net`)}>+{phone}</Link>
              </small>
            ))}
          </span>
        </div>
      ))}
      {poll && (
        <fieldset className={styles.poll}>
          <legend>{poll.question}</legend>
          {poll.options.map((option) => (
            <button key={option} type="button" onClick={() => onVote(message, [option])}>
              {option}
            </button>
          ))}
          <small>{t(poll.maxChoices === 1 ? 'poll.one' : 'poll.several')}</small>
        </fieldset>
      )}
    </>
  );
}
