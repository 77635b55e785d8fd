// Signs and verifies webhooks with a published library: a line of JSON in, a line out. See cross.py for what they hold.
//
// node peer.mjs standardwebhooks|svix|stripe|octokit

import { createInterface } from 'node:readline';

const library = process.argv[2];

const standard = async () => {
  const { Webhook } = await import(library);
  return async (asked, body) => {
    const hook = new Webhook(asked.secret);
    if (asked.do === 'verify') return hook.verify(body, asked.headers);
    const signature = hook.sign(asked.id, new Date(Number(asked.timestamp) * 1000), body);
    return { 'webhook-id': asked.id, 'webhook-timestamp': asked.timestamp, 'webhook-signature': signature };
  };
};

const stripe = async () => {
  const { default: Stripe } = await import('stripe');
  const { webhooks } = new Stripe('sk_test_not_a_key');
  return async (asked, body) => {
    if (asked.do === 'verify') return webhooks.constructEvent(body, asked.headers['Stripe-Signature'], asked.secret);
    const made = webhooks.generateTestHeaderString({
      payload: body, secret: asked.secret, timestamp: Number(asked.timestamp),
    });
    return { 'Stripe-Signature': made };
  };
};

const octokit = async () => {
  const { sign, verify } = await import('@octokit/webhooks-methods');
  return async (asked, body) => {
    if (asked.do === 'sign') return { 'X-GitHub-Delivery': asked.id, 'X-Hub-Signature-256': await sign(asked.secret, body) };
    if (!await verify(asked.secret, body, asked.headers['X-Hub-Signature-256'])) throw new Error('not its signature');
    return true;
  };
};

const work = await { standardwebhooks: standard, svix: standard, stripe, octokit }[library]();
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let said;
  try {
    const made = await work(asked, Buffer.from(asked.body, 'base64').toString('utf8'));
    said = asked.do === 'sign' ? { headers: made } : { valid: true };
  } catch (error) {
    said = { valid: false, why: `${error.constructor.name}: ${error.message}` };
  }
  console.log(JSON.stringify(said));
}
