// Numbers in the sentences about a config: whole ones with a comma at the thousands, sizes in decimal units. The page's own
// formats (`app/formatNumber.ts`) write them alike.

/** 12288 → "12,288", 0.0003 → "0.0003". */
export const inWords = (value: number): string => {
  const [whole = '', fraction] = String(value).split('.');
  if (!/^-?\d+$/.test(whole)) return String(value);
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',').replace('-', '−');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

/** Bytes: 2.04e9 → "2.0 GB", 134e6 → "134 MB". */
export const bytesInWords = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
