/** The text of a QR code as a PNG data URL. The encoder is loaded when the first code is asked for. */
export async function qrDataUrl(text: string): Promise<string> {
  const { default: qrcode } = await import('qrcode');
  return qrcode.toDataURL(text, { errorCorrectionLevel: 'L', margin: 2, width: 360 });
}
