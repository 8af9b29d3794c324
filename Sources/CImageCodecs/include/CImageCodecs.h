// PNG and JPEG images that are in memory, through libpng and libjpeg-turbo, which report errors by longjmp.
//
// Nothing here trusts the bytes. A decoder writes into the caller's buffer alone; what the libraries allocate beside it
// is bounded by the size that the header gives, which the caller checks between reading the header and decoding.
#ifndef COVEY_IMAGE_CODECS_H
#define COVEY_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

// The size of a message, with its end.
#define COVEY_IMAGE_MESSAGE_SIZE 256

typedef struct {
  uint32_t width, height;
  // Of the decoded image: 1 for grey, 3 otherwise; alpha isn't counted.
  uint32_t channels;
  // Bytes of a decoded value: 2 for PNG of 16 bits, 1 otherwise.
  uint32_t valueSize;
  // Bits of a stored pixel, with alpha.
  uint32_t storedBits;
} covey_image_header;

// Read the header of an image of `count` bytes (header =).
// Return 1, or 0 with the reason in `message` of COVEY_IMAGE_MESSAGE_SIZE bytes (=).
int covey_png_header(const uint8_t *bytes, size_t count, covey_image_header *header, char *message);
int covey_jpeg_header(const uint8_t *bytes, size_t count, covey_image_header *header, char *message);

// Decode an image with that header into `values` (=) of `size` bytes: rows from the top, channels interleaved, 16 bits
// in the order of this machine. Return as above; the image must be whole and undamaged. Of a refused image, `values` is
// partly written.
//
// `memory` bounds what libjpeg keeps of a progressive image, in bytes.
int covey_png_decode(const uint8_t *bytes, size_t count, const covey_image_header *header, void *values, size_t size,
                     char *message);
int covey_jpeg_decode(const uint8_t *bytes, size_t count, const covey_image_header *header, void *values, size_t size,
                      size_t memory, char *message);

#endif
