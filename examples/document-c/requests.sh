# Send text message
curl -X POST http://localhost:3000/api/message/send/text \
  -H "X-API-Key: your-api-key" \
  -H "Content-Type: application/json" \
  -d '{
    "instanceId": "my-instance",
    "to": "6281234567890@s.whatsapp.net",
    "message": "Hello from cURL!"
  }'

# Get instance status
curl -X GET http://localhost:3000/api/instance/my-instance/status \
  -H "X-API-Key: your-api-key"

# Health check (no auth required)
curl -X GET http://localhost:3000/api/observability/health
