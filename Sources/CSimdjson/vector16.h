// Sixteen bytes at a time, in the portable vectors of clang: SSE2 on x86-64, NEON on arm64.
#ifndef WEIR_VECTOR16_H
#define WEIR_VECTOR16_H

#include <cstdint>
#include <cstring>

typedef uint8_t weir_bytes16 __attribute__((ext_vector_type(16)));
typedef uint16_t weir_words8 __attribute__((ext_vector_type(8)));
typedef char weir_signed16 __attribute__((ext_vector_type(16)));
typedef bool weir_flags16 __attribute__((ext_vector_type(16)));

static inline weir_bytes16 weir_load16(const uint8_t *bytes) {
    weir_bytes16 vector;
    std::memcpy(&vector, bytes, sizeof vector);
    return vector;
}

// A bit for each element that is not 0, the first lowest.
static inline uint32_t weir_mask16(weir_signed16 vector) {
    weir_flags16 flags = __builtin_convertvector(vector, weir_flags16);
    uint16_t mask;
    std::memcpy(&mask, &flags, sizeof mask);
    return mask;
}

// A bit for each byte that is the same in both.
static inline uint32_t weir_equal16(const uint8_t *left, const uint8_t *right) {
    return weir_mask16(weir_load16(left) == weir_load16(right));
}

// What matters of sixteen bytes inside a string, a bit for each byte.
struct weir_string16 {
    // Quotes, backslashes and control characters.
    uint32_t ends;
    // Bytes of 0x80 and more.
    uint32_t beyond_ascii;
};

static inline weir_string16 weir_look_at_string16(const uint8_t *bytes) {
    weir_bytes16 vector = weir_load16(bytes);
    weir_signed16 ends = (vector == '"') | (vector == '\\') | (vector < 0x20);
    return {weir_mask16(ends), weir_mask16(vector > 0x7F)};
}

#endif
