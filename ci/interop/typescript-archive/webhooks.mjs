// The archive hears from a signing service by webhook that a document was signed. Deliveries are verified by
// `standardwebhooks` as its README shows: the raw body and the headers go to `verify`, what it throws is a 400. A delivery
// is worked on once, by its id.
import express from 'express';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** An app of its own: the one of MCP reads JSON before anybody sees the bytes that were signed. */
export function receiver(secret) {
  const webhook = new Webhook(secret);
  const signatures = new Map();
  let closed = false;

  const note = (id, event) => {
    if (closed) {
      closed = false;
      throw new Error('the register is closed');
    }
    signatures.set(id, event);
  };

  const app = express();
  app.post('/signed', express.raw({ type: 'application/json', limit: '1mb' }), (request, response) => {
    if (!Buffer.isBuffer(request.body)) return response.status(415).end();
    const event = webhook.verify(request.body, request.headers);
    const id = request.get('webhook-id');
    if (!signatures.has(id)) note(id, event);
    return response.status(204).end();
  });
  // What deliveries did, and for a rehearsal: the next one cannot be worked on.
  app.get('/signatures', (request, response) => {
    const found = [...signatures.values()].filter((event) => event?.data?.id === request.query.id);
    response.json({ count: found.length, signatures: found });
  });
  app.post('/signatures/close', (_request, response) => {
    closed = true;
    response.status(204).end();
  });
  app.use((error, _request, response, next) =>
    error instanceof WebhookVerificationError ? response.status(400).json({ error: error.message }) : next(error));
  return app;
}
