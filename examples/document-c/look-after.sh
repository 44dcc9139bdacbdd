# Check instance status
curl -X GET http://localhost:3000/api/instance/my-instance/status \
  -H "X-API-Key: your-api-key"

# Restart instance
curl -X POST http://localhost:3000/api/instance/my-instance/restart \
  -H "X-API-Key: your-api-key"

# Get new QR code
curl -X GET http://localhost:3000/api/instance/my-instance/qr \
  -H "X-API-Key: your-api-key"

# Get comprehensive server status
curl -H "X-API-Key: your-api-key" \
  http://localhost:3000/api/observability/status

# Get webhook delivery logs
curl -H "X-API-Key: your-api-key" \
  http://localhost:3000/api/webhook/logs

# Get webhook statistics
curl -H "X-API-Key: your-api-key" \
  http://localhost:3000/api/webhook/stats
