// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"unicode"
)

// isBlank says whether r separates words: the blanks of C and what web pages and
// word processors put in their place.
func isBlank(r rune) bool { return r == ' ' || r == '\t' || isOddBlank(r) || isPlainBlank(r) }

// isPlainBlank tells the rarer blanks of C: form feed, vertical tab, CR, LF.
func isPlainBlank(r rune) bool { return r == '\f' || r == '\v' || r == '\r' || r == '\n' }

// isOddBlank tells the blanks that are none to keepalived.
func isOddBlank(r rune) bool {
	if r < 0x80 {
		return false
	}
	_, zeroWidth := zeroWidths[r]
	return zeroWidth || unicode.IsSpace(r) || unicode.Is(unicode.Zs, r)
}

// zeroWidths are characters that show nothing at all.
var zeroWidths = map[rune]string{
	0x00AD: "soft hyphen",
	0x180E: "mongolian vowel separator",
	0x200B: "zero-width space",
	0x200C: "zero-width non-joiner",
	0x200D: "zero-width joiner",
	0x200E: "left-to-right mark",
	0x200F: "right-to-left mark",
	0x2060: "word joiner",
	0xFEFF: "byte order mark",
}

// blankName names an odd blank.
func blankName(r rune) string {
	name, ok := zeroWidths[r]
	if !ok {
		name = "Unicode space"
	}
	if r == 0xA0 {
		name = "no-break space"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}

// oddQuotes are the quotation marks that word processors put in place of the
// ASCII ones.
var oddQuotes = map[rune]rune{
	'“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"', '＂': '"', '″': '"',
	'‘': '\'', '’': '\'', '‚': '\'', '‛': '\'', '′': '\'', '´': '\'', '＇': '\'',
}
