curl -X POST http://localhost:3000/api/instance/create \
  -H "X-API-Key: your-api-key" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "My First Instance",
    "webhookUrl": "https://your-webhook.com/webhook"
  }'
