import requests

API_KEY = 'your-api-key'
BASE_URL = 'http://localhost:3000'

def send_message(instance_id, to, message):
    headers = {
        'X-API-Key': API_KEY,
        'Content-Type': 'application/json'
    }
    
    data = {
        'instanceId': instance_id,
        'to': to,
        'message': message
    }
    
    response = requests.post(
        f'{BASE_URL}/api/message/send/text',
        json=data,
        headers=headers
    )
    
    return response.json()

# Usage
result = send_message('my-instance', '6281234567890@s.whatsapp.net', 'Hello!')
print(result)
