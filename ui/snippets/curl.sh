curl -sSw '\n' http://127.0.0.1:8080/api/v1/predictions \
  -H "Authorization: Bearer $LEEWAY_KEY" -H 'Content-Type: application/json' \
  -d '{"model":"fraud","version":"v1","id":"curl-1","features":{"amount":80.5,"channel":"app"},"value":"fraud","score":0.97}'

# The truth, once it is known; it joins its prediction by the id.
curl -sSw '\n' http://127.0.0.1:8080/api/v1/labels \
  -H "Authorization: Bearer $LEEWAY_KEY" -H 'Content-Type: application/json' \
  -d '{"model":"fraud","id":"curl-1","value":"fraud"}'
