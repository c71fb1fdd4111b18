// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78): RFC 3720, appendix B.4.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The checksum of `length` bytes, going on from `crc` (0 at the start). Uses the processor's instruction where it has one.
uint32_t weir_crc32c(uint32_t crc, const void *_Nullable bytes, size_t length);

/// The same without special instructions: what `weir_crc32c` falls back to, and what tests hold it against.
uint32_t weir_crc32c_portable(uint32_t crc, const void *_Nullable bytes, size_t length);
