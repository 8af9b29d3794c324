// Decodes PNG by libpng.
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "CImageCodecs.h"

// One decoder: what libpng's callbacks see, and what is to be destroyed.
typedef struct {
  png_structp png;
  png_infop info;
  // The bytes that are left.
  const uint8_t *next;
  size_t left;
  char *message;
  jmp_buf jump;
} png_decoder;

static void fail(png_structp png, png_const_charp reason) {
  png_decoder *decoder = png_get_error_ptr(png);
  snprintf(decoder->message, COVEY_IMAGE_MESSAGE_SIZE, "%s", reason ? reason : "invalid data");
  longjmp(decoder->jump, 1);
}

// Most warnings are about damage, such as a chunk out of place. That more is compressed than the image needs loses
// nothing.
static void warn(png_structp png, png_const_charp reason) {
  if (reason && (strstr(reason, "xtra compressed data") || strstr(reason, "oo much image data"))) return;
  fail(png, reason);
}

static void supply(png_structp png, png_bytep out, size_t count) {
  png_decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->left) fail(png, "truncated");
  memcpy(out, decoder->next, count);
  decoder->next += count;
  decoder->left -= count;
}

static void prepare(png_decoder *decoder) {
  png_structp png = decoder->png;
  png_set_read_fn(png, decoder, supply);
  // The caller checks the product of the extents.
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(png, 1 << 20);
  png_set_chunk_cache_max(png, 16);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
  // What isn't pixels is passed over, transparency too: alpha is dropped, not composited, and values aren't corrected
  // by gamma or profiles.
  static const png_byte passed[] =
      "bKGD\0cHRM\0cICP\0cLLI\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0mDCV\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0sTER\0tEXt\0"
      "tIME\0tRNS\0zTXt\0acTL\0fcTL\0fdAT";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, passed, (int)(sizeof passed / 5));
#endif
}

static void describe(const png_decoder *decoder, covey_image_header *header) {
  int type = png_get_color_type(decoder->png, decoder->info), depth = png_get_bit_depth(decoder->png, decoder->info);
  header->width = png_get_image_width(decoder->png, decoder->info);
  header->height = png_get_image_height(decoder->png, decoder->info);
  header->channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
  header->valueSize = depth == 16 ? 2 : 1;
  header->storedBits = (uint32_t)depth * png_get_channels(decoder->png, decoder->info);
}

static void read_rows(const png_decoder *decoder, const covey_image_header *header, void *values, size_t size) {
  png_structp png = decoder->png;
  // An index beyond the palette is black.
  png_set_palette_to_rgb(png);
  png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_alpha(png);
  const uint16_t one = 1;
  if (*(const uint8_t *)&one == 1) png_set_swap(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, decoder->info);
  size_t row_size = png_get_rowbytes(png, decoder->info);
  // Divided, not multiplied: no overflow.
  if (row_size == 0 || row_size != (size_t)header->width * header->channels * header->valueSize ||
      size / row_size != header->height || size % row_size != 0)
    fail(png, "the rows have another size than the header says");
  // A later pass only writes its own pixels.
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t row = 0; row < header->height; row++) png_read_row(png, (png_bytep)values + row * row_size, NULL);
  png_read_end(png, NULL);
}

// Reads the header (=) where `values` is NULL, else the image with that header. Its variables don't change after
// setjmp, so that they are valid after longjmp.
static int run(png_decoder *decoder, covey_image_header *header, void *values, size_t size) {
  if (setjmp(decoder->jump)) return 0;
  decoder->info = png_create_info_struct(decoder->png);
  if (!decoder->info) fail(decoder->png, "libpng is out of memory");
  prepare(decoder);
  png_read_info(decoder->png, decoder->info);
  covey_image_header found;
  describe(decoder, &found);
  if (!values) {
    *header = found;
    return 1;
  }
  if (memcmp(&found, header, sizeof found) != 0) fail(decoder->png, "the header changed");
  read_rows(decoder, &found, values, size);
  return 1;
}

static int decode(const uint8_t *bytes, size_t count, covey_image_header *header, void *values, size_t size,
                  char *message) {
  png_decoder decoder;
  memset(&decoder, 0, sizeof decoder);
  decoder.next = bytes;
  decoder.left = count;
  decoder.message = message;
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, fail, warn);
  if (!decoder.png) {
    snprintf(message, COVEY_IMAGE_MESSAGE_SIZE, "libpng is out of memory");
    return 0;
  }
  int is_read = run(&decoder, header, values, size);
  png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
  return is_read;
}

int covey_png_header(const uint8_t *bytes, size_t count, covey_image_header *header, char *message) {
  return decode(bytes, count, header, NULL, 0, message);
}

int covey_png_decode(const uint8_t *bytes, size_t count, const covey_image_header *header, void *values, size_t size,
                     char *message) {
  covey_image_header expected = *header;
  return decode(bytes, count, &expected, values, size, message);
}
