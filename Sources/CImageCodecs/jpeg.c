// Decodes JPEG by libjpeg-turbo.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// Needs FILE and size_t.
#include <jpeglib.h>
// Needs jpeglib.h.
#include <jerror.h>

#include "CImageCodecs.h"

// More scans are no picture but a trap: each may go through the whole image.
#define MOST_SCANS 100

// One decoder: what the library's callbacks see, and what is to be destroyed.
typedef struct {
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  struct jpeg_decompress_struct info;
  char *message;
  uint8_t *row;
  jmp_buf jump;
} jpeg_decoder;

static void stop(jpeg_decoder *decoder, const char *reason) {
  snprintf(decoder->message, COVEY_IMAGE_MESSAGE_SIZE, "%s", reason);
  longjmp(decoder->jump, 1);
}

static void fail(j_common_ptr common) {
  char reason[JMSG_LENGTH_MAX];
  common->err->format_message(common, reason);
  stop(common->client_data, reason);
}

// Levels below 0 are about damage, but for two about markers of programs.
static void tell(j_common_ptr common, int level) {
  if (level >= 0 || common->err->msg_code == JWRN_ADOBE_XFORM || common->err->msg_code == JWRN_JFIF_MAJOR) return;
  fail(common);
}

static void say_nothing(j_common_ptr common) { (void)common; }

static void watch(j_common_ptr common) {
  if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > MOST_SCANS)
    stop(common->client_data, "it has more than 100 scans");
}

static void open_jpeg(jpeg_decoder *decoder, const uint8_t *bytes, size_t count) {
  // Creating clears the structure but for these two.
  decoder->info.client_data = decoder;
  jpeg_create_decompress(&decoder->info);
  decoder->progress.progress_monitor = watch;
  decoder->info.progress = &decoder->progress;
  jpeg_mem_src(&decoder->info, (unsigned char *)bytes, (unsigned long)count);
  jpeg_read_header(&decoder->info, TRUE);
  if (decoder->info.data_precision != 8) stop(decoder, "its values don't have 8 bits");
  int components = decoder->info.num_components;
  if (components != 1 && components != 3 && components != 4) stop(decoder, "it has neither 1, 3 nor 4 components");
}

static void describe(const jpeg_decoder *decoder, covey_image_header *header) {
  header->width = decoder->info.image_width;
  header->height = decoder->info.image_height;
  header->channels = decoder->info.num_components == 1 ? 1 : 3;
  header->valueSize = 1;
  header->storedBits = 8 * (uint32_t)decoder->info.num_components;
}

static void read_rows(jpeg_decoder *decoder, const covey_image_header *header, void *values, size_t size,
                      size_t memory) {
  struct jpeg_decompress_struct *info = &decoder->info;
  size_t row_size = (size_t)header->width * header->channels;
  info->mem->max_memory_to_use = memory > 0x7fffffff ? 0x7fffffff : (long)memory;
  info->out_color_space = info->num_components == 1 ? JCS_GRAYSCALE : info->num_components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_start_decompress(info);
  // Divided, not multiplied: no overflow.
  if (row_size == 0 || size / row_size != header->height || size % row_size != 0 ||
      info->output_width != header->width || info->output_height != header->height ||
      info->output_components != info->num_components)
    stop(decoder, "the rows have another size than the header says");
  if (info->num_components == 4) {
    decoder->row = malloc((size_t)header->width * 4);
    if (!decoder->row) stop(decoder, "out of memory");
  }
  // Adobe's programs store 255 - ink.
  unsigned flip = info->saw_Adobe_marker ? 0 : 255;
  while (info->output_scanline < info->output_height) {
    uint8_t *out = (uint8_t *)values + info->output_scanline * row_size;
    JSAMPROW row = decoder->row ? decoder->row : out;
    jpeg_read_scanlines(info, &row, 1);
    for (size_t column = 0; decoder->row && column < header->width; column++)
      for (int channel = 0; channel < 3; channel++) {
        unsigned product = (row[4 * column + channel] ^ flip) * (row[4 * column + 3] ^ flip);
        out[3 * column + channel] = (uint8_t)((product + 127) / 255);
      }
  }
  jpeg_finish_decompress(info);
}

// Reads the header (=) where `values` is NULL, else the image with that header. Its variables don't change after
// setjmp, so that they are valid after longjmp.
static int run(jpeg_decoder *decoder, const uint8_t *bytes, size_t count, covey_image_header *header, void *values,
               size_t size, size_t memory) {
  if (setjmp(decoder->jump)) return 0;
  open_jpeg(decoder, bytes, count);
  covey_image_header found;
  describe(decoder, &found);
  if (!values) {
    *header = found;
    return 1;
  }
  if (memcmp(&found, header, sizeof found) != 0) stop(decoder, "the header changed");
  read_rows(decoder, &found, values, size, memory);
  return 1;
}

static int decode(const uint8_t *bytes, size_t count, covey_image_header *header, void *values, size_t size,
                  size_t memory, char *message) {
  jpeg_decoder decoder;
  memset(&decoder, 0, sizeof decoder);
  decoder.message = message;
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = fail;
  decoder.errors.emit_message = tell;
  decoder.errors.output_message = say_nothing;
  int is_read = run(&decoder, bytes, count, header, values, size, memory);
  jpeg_destroy_decompress(&decoder.info);
  free(decoder.row);
  return is_read;
}

int covey_jpeg_header(const uint8_t *bytes, size_t count, covey_image_header *header, char *message) {
  return decode(bytes, count, header, NULL, 0, 0, message);
}

int covey_jpeg_decode(const uint8_t *bytes, size_t count, const covey_image_header *header, void *values, size_t size,
                      size_t memory, char *message) {
  covey_image_header expected = *header;
  return decode(bytes, count, &expected, values, size, memory, message);
}
