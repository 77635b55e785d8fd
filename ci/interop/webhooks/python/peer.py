"""Signs and verifies webhooks with a published library: a line of JSON in, a line out. See cross.py for what they hold.

python peer.py standardwebhooks|svix|stripe
"""

import base64
import datetime
import importlib
import json
import sys

library = sys.argv[1]


def standard(asked, body):
    module = importlib.import_module("standardwebhooks" if library == "standardwebhooks" else "svix.webhooks")
    hook = module.Webhook(asked["secret"])
    if asked["do"] == "verify":
        return hook.verify(body, asked["headers"])
    moment = datetime.datetime.fromtimestamp(int(asked["timestamp"]), datetime.timezone.utc)
    signature = hook.sign(asked["id"], moment, body.decode())
    return {"webhook-id": asked["id"], "webhook-timestamp": asked["timestamp"], "webhook-signature": signature}


def stripe(asked, body):
    signature = importlib.import_module("stripe").WebhookSignature
    if asked["do"] == "verify":
        return signature.verify_header(body.decode(), asked["headers"]["Stripe-Signature"], asked["secret"], 300)
    made = signature._compute_signature(f"{asked['timestamp']}.{body.decode()}", asked["secret"])
    return {"Stripe-Signature": f"t={asked['timestamp']},v1={made}"}


work = stripe if library == "stripe" else standard
for line in sys.stdin:
    asked = json.loads(line)
    try:
        made = work(asked, base64.b64decode(asked["body"]))
        said = {"headers": made} if asked["do"] == "sign" else {"valid": True}
    except Exception as error:
        said = {"valid": False, "why": f"{type(error).__name__}: {error}"}
    print(json.dumps(said), flush=True)
