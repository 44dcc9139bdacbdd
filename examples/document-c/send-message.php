<?php

$apiKey = 'your-api-key';
$baseUrl = 'http://localhost:3000';

function sendMessage($instanceId, $to, $message) {
    global $apiKey, $baseUrl;
    
    $data = [
        'instanceId' => $instanceId,
        'to' => $to,
        'message' => $message
    ];
    
    $ch = curl_init($baseUrl . '/api/message/send/text');
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($ch, CURLOPT_POST, true);
    curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode($data));
    curl_setopt($ch, CURLOPT_HTTPHEADER, [
        'X-API-Key: ' . $apiKey,
        'Content-Type: application/json'
    ]);
    
    $response = curl_exec($ch);
    curl_close($ch);
    
    return json_decode($response, true);
}

// Usage
$result = sendMessage('my-instance', '6281234567890@s.whatsapp.net', 'Hello!');
print_r($result);
?>
