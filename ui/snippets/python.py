import json, os, urllib.request


def send(path, record):
    request = urllib.request.Request(
        "http://127.0.0.1:8080" + path, json.dumps(record).encode(),
        {"Authorization": "Bearer " + os.environ["LEEWAY_KEY"], "Content-Type": "application/json"})
    print(urllib.request.urlopen(request).read().decode())


send("/api/v1/predictions",
     {"model": "fraud", "version": "v1", "id": "python-1",
      "features": {"amount": 80.5, "channel": "app"}, "value": "fraud", "score": 0.97})
# The truth, once it is known; it joins its prediction by the id.
send("/api/v1/labels", {"model": "fraud", "id": "python-1", "value": "fraud"})
