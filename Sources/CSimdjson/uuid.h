// UUIDs in text.
#ifndef WEIR_UUID_H
#define WEIR_UUID_H

#include "CSimdjson.h"
#include "vector16.h"

// The values of 16 hexadecimal digits. False when one of them is none.
static inline bool weir_read_hex16(weir_bytes16 text, weir_bytes16 &values) {
    weir_bytes16 digit = text - '0';
    weir_bytes16 letter = (text | 0x20) - 'a';
    weir_bytes16 is_digit = (weir_bytes16)(digit < 10);
    weir_bytes16 is_letter = (weir_bytes16)(letter < 6);
    values = (digit & is_digit) | ((letter + 10) & is_letter);
    return weir_mask16((weir_signed16)(is_digit | is_letter)) == 0xFFFF;
}

// Reads text of the form 8-4-4-4-12, with digits in either case. False for anything else.
static inline bool weir_read_uuid(const uint8_t *text, weir_json_uuid &id) {
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
    // The digits without the dashes.
    weir_bytes16 first, second;
    std::memcpy(&first, text, 8);
    std::memcpy(reinterpret_cast<uint8_t *>(&first) + 8, text + 9, 4);
    std::memcpy(reinterpret_cast<uint8_t *>(&first) + 12, text + 14, 4);
    std::memcpy(&second, text + 19, 4);
    std::memcpy(reinterpret_cast<uint8_t *>(&second) + 4, text + 24, 4);
    std::memcpy(reinterpret_cast<uint8_t *>(&second) + 8, text + 28, 8);
    weir_bytes16 high, low;
    bool is_hex = weir_read_hex16(first, high);
    is_hex = weir_read_hex16(second, low) && is_hex;
    // Two digits a byte: of each pair the first, which is the lower byte of 16 bits, is the upper half.
    weir_words8 pairs = (weir_words8)high;
    weir_words8 more = (weir_words8)low;
    weir_bytes16 joined = (weir_bytes16)((pairs << 4 | pairs >> 8) & 0xFF);
    weir_bytes16 rest = (weir_bytes16)((more << 4 | more >> 8) & 0xFF);
    weir_bytes16 bytes = __builtin_shufflevector(joined, rest, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    std::memcpy(&id, &bytes, sizeof id);
    id.high = __builtin_bswap64(id.high);
    id.low = __builtin_bswap64(id.low);
    return is_hex;
}

#endif
