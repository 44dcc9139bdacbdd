import { useParams } from 'wouter';
import { WebhookDetails } from './webhook-details.tsx';
import { WebhookList } from './webhook-list.tsx';

/** All endpoints, or one of them. */
export default function WebhooksPage() {
  const { id } = useParams<{ id?: string }>();
  return id === undefined ? <WebhookList /> : <WebhookDetails key={id} id={id} />;
}
