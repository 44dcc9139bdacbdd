const axios = require('axios');

const API_KEY = 'your-api-key';
const BASE_URL = 'http://localhost:3000';

async function sendMessage(instanceId, to, message) {
  try {
    const response = await axios.post(
      `${BASE_URL}/api/message/send/text`,
      {
        instanceId,
        to,
        message
      },
      {
        headers: {
          'X-API-Key': API_KEY,
          'Content-Type': 'application/json'
        }
      }
    );
    return response.data;
  } catch (error) {
    console.error('Error:', error.response?.data || error.message);
    throw error;
  }
}

// Usage
sendMessage('my-instance', '6281234567890@s.whatsapp.net', 'Hello!')
  .then(result => console.log('Success:', result))
  .catch(error => console.error('Failed:', error));
