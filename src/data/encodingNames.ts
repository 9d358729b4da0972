// The encodings a text can be read in, by the labels of the Encoding Standard, and their names for people.
// Light enough for the page's first load; finding out which one a file has is `textEncoding.ts`.

interface EncodingName {
  /** Label that TextDecoder takes, except 'utf-32le' and 'utf-32be', which it does not know. */
  readonly label: string;
  readonly name: string;
}

/** In the order in which a list shows them. */
export const ENCODINGS: readonly EncodingName[] = [
  { label: 'utf-8', name: 'UTF-8' },
  { label: 'windows-1252', name: 'Western (Windows-1252, Latin-1)' },
  { label: 'iso-8859-15', name: 'Western (ISO-8859-15)' },
  { label: 'macintosh', name: 'Western (Mac)' },
  { label: 'windows-1250', name: 'Central European (Windows-1250)' },
  { label: 'iso-8859-2', name: 'Central European (ISO-8859-2)' },
  { label: 'windows-1251', name: 'Cyrillic (Windows-1251)' },
  { label: 'koi8-r', name: 'Cyrillic (KOI8-R)' },
  { label: 'koi8-u', name: 'Cyrillic (KOI8-U)' },
  { label: 'iso-8859-5', name: 'Cyrillic (ISO-8859-5)' },
  { label: 'ibm866', name: 'Cyrillic (IBM866)' },
  { label: 'x-mac-cyrillic', name: 'Cyrillic (Mac)' },
  { label: 'windows-1253', name: 'Greek (Windows-1253)' },
  { label: 'iso-8859-7', name: 'Greek (ISO-8859-7)' },
  { label: 'windows-1254', name: 'Turkish (Windows-1254)' },
  { label: 'windows-1257', name: 'Baltic (Windows-1257)' },
  { label: 'windows-1258', name: 'Vietnamese (Windows-1258)' },
  { label: 'windows-874', name: 'Thai (Windows-874)' },
  { label: 'windows-1255', name: 'Hebrew (Windows-1255)' },
  { label: 'iso-8859-8', name: 'Hebrew (ISO-8859-8)' },
  { label: 'windows-1256', name: 'Arabic (Windows-1256)' },
  { label: 'iso-8859-6', name: 'Arabic (ISO-8859-6)' },
  { label: 'shift_jis', name: 'Japanese (Shift_JIS)' },
  { label: 'euc-jp', name: 'Japanese (EUC-JP)' },
  { label: 'iso-2022-jp', name: 'Japanese (ISO-2022-JP)' },
  { label: 'gbk', name: 'Chinese, simplified (GBK)' },
  { label: 'gb18030', name: 'Chinese, simplified (GB18030)' },
  { label: 'big5', name: 'Chinese, traditional (Big5)' },
  { label: 'euc-kr', name: 'Korean (EUC-KR)' },
  { label: 'utf-16le', name: 'UTF-16 (little endian)' },
  { label: 'utf-16be', name: 'UTF-16 (big endian)' },
  { label: 'utf-32le', name: 'UTF-32 (little endian)' },
  { label: 'utf-32be', name: 'UTF-32 (big endian)' },
];

/** The name of an encoding for people; its label where the list has none. */
export function encodingName(label: string): string {
  return ENCODINGS.find((encoding) => encoding.label === label)?.name ?? label;
}
