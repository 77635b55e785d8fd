"""Every published library against ours, both ways: what one signs the other verifies, and nothing that was changed.

cross.py OURS PEER.MJS PYTHON      our program `webhook_signatures`, the Node one, and the Python that has the libraries
"""

import base64
import json
import os
import subprocess
import sys
import time

ours, mjs, python = sys.argv[1:]
script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python", "peer.py")
STANDARD, STRIPE, GITHUB = "standard-webhooks", "stripe", "github"
PEERS = [
    ("standardwebhooks (npm)", STANDARD, ["node", mjs, "standardwebhooks"]),
    ("svix (npm)", STANDARD, ["node", mjs, "svix"]),
    ("stripe (npm)", STRIPE, ["node", mjs, "stripe"]),
    ("@octokit/webhooks-methods (npm)", GITHUB, ["node", mjs, "octokit"]),
    ("standardwebhooks (PyPI)", STANDARD, [python, script, "standardwebhooks"]),
    ("svix (PyPI)", STANDARD, [python, script, "svix"]),
    ("stripe (PyPI)", STRIPE, [python, script, "stripe"]),
]
SECRET = "whsec_" + base64.b64encode(b"this-is-a-32-byte-shared-secret!").decode()
FOREIGN = "whsec_" + base64.b64encode(b"that-is-another-32-byte-secret!!").decode()
BODIES = [
    '{"type":"message.created","data":{"text":"hi"}}',
    '{ "sum" : 1.0, "text": "a/b <&>" }',
    '{"text":"žluťoučký 🐎","nested":{"b":1,"a":[1e3,null]}}\n',
]


def talk(command, lines):
    """Answers of a program, one for each line."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(lines):
        sys.exit(f"{command}: {len(answers)} answers to {len(lines)} lines\n{done.stderr}")
    return answers


def line(do, scheme, body, secret=SECRET, headers=None):
    timestamp = str(int(time.time()))
    encoded = base64.b64encode(body.encode()).decode()
    return {"do": do, "scheme": scheme, "secret": secret, "id": "msg_2Kx", "timestamp": timestamp, "body": encoded, "headers": headers}


def cases(scheme, signed):
    """Lines to verify, and what is right: each body as it was signed, changed, and under another secret."""
    for body, answer in zip(BODIES, signed):
        headers = answer["headers"]
        yield line("verify", scheme, body, headers=headers), True
        yield line("verify", scheme, body + " ", headers=headers), False
        yield line("verify", scheme, body, secret=FOREIGN, headers=headers), False
        if scheme == STANDARD:
            yield line("verify", scheme, body, headers={**headers, "webhook-id": "msg_other"}), False
            several = "v1,AAAA v9,x " + headers["webhook-signature"]
            yield line("verify", scheme, body, headers={**headers, "webhook-signature": several}), True


def compare(name, scheme, signer, verifier):
    """The number of cases, and those in which the verifier is wrong."""
    signed = talk(signer, [line("sign", scheme, body) for body in BODIES])
    asked, wanted = zip(*cases(scheme, signed))
    wrong = []
    for question, right, answer in zip(asked, wanted, talk(verifier, asked)):
        if answer["valid"] != right:
            wrong.append(f"{name}: {question['headers']} valid {answer['valid']}, not {right} {answer.get('why', '')}")
    return len(asked), wrong


failed = 0
for name, scheme, command in PEERS:
    for what, signer, verifier in [("theirs with ours", command, [ours]), ("ours with theirs", [ours], command)]:
        count, wrong = compare(name, scheme, signer, verifier)
        print(f"{name}: {what}: {count - len(wrong)} of {count}")
        for one in wrong:
            print(f"  {one}")
        failed += len(wrong)
sys.exit(1 if failed else 0)
