package refimpl_test

import "fmt"

// utf8Rows ask whether texts are told from what only looks like text, wherever
// frames and writes cut them.
func utf8Rows() []exchange {
	rows := []exchange{
		good("6.1.1 empty text", frames(text("")), "text "),
		good("6.1.2 three empty fragments", frames(textPart(""), morePart(""), lastPart("")), "text "),
	}
	for i, s := range validTexts {
		rows = append(rows, good(fmt.Sprintf("6.2.%d %+q", i, s), frames(text(s)), "text "+s))
		rows = append(rows, good(fmt.Sprintf("6.2b.%d %+q, a byte to a fragment", i, s), bytewise(s), "text "+s))
	}
	for i, s := range invalidTexts {
		rows = append(rows, bad(fmt.Sprintf("6.3.%d %q", i, s), 1007, frames(text(s))))
		rows = append(rows, bad(fmt.Sprintf("6.3b.%d %q, a byte to a fragment", i, s), 1007, bytewise(s)))
		rows = append(rows, good(fmt.Sprintf("6.3c.%d %q is good as binary", i, s), frames(bin(s)), "binary "+s))
	}
	// What can never become text is refused before the message is whole.
	for i, s := range []string{"\xce\xba\xe1\xbd\xb9\xf4\x90", "\xf4\x90", "\xe0\x80", "\xed\xa0", "\xf0\x80", "\xff", "\x80", "\xc0", "\xf8"} {
		rows = append(rows, bad(fmt.Sprintf("6.4.%d %q in a first fragment", i, s), 1007, frames(textPart(s))))
		half := text(s + "........") // the rest of the frame never comes
		rows = append(rows, bad(fmt.Sprintf("6.4b.%d %q in half a frame", i, s), 1007, frames(half[:len(half)-8])))
	}
	return rows
}

// bytewise sends each byte in a fragment of its own.
func bytewise(s string) [][]byte {
	parts := frames(textPart(""))
	for i := range len(s) {
		parts = append(parts, morePart(s[i:i+1]))
	}
	return append(parts, lastPart(""))
}

// validTexts are the ends of each length of encoding, what surrounds the
// surrogates, and characters that are no characters but may be sent.
var validTexts = []string{
	"Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!",
	"\u03ba\u1f79\u03c3\u03bc\u03b5",
	"\x00", "\x7f", "\u0080", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff",
	"\ud7ff", "\ue000", "\ufffd", "\ufffe", "\ufdd0", "\ufdef",
	"\U0001fffe", "\U0001ffff", "\U0008fffe", "\U000ffffe", "\U0010fffe",
	"\u200b\u200c\u200d", "\ufeff", "a\u0300", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
}

// invalidTexts are cut, over-long, beyond Unicode, or halves of surrogate pairs.
var invalidTexts = []string{
	"\xce", "\xce\xba\xe1", "\xce\xba\xe1\xbd", "\xce\xba\xe1\xbd\xb9\xcf", // cut at the end
	"\xe2\x82", "\xf0\x9f\x98", "\xf0\x9f",
	"\x80", "\xbf", "\x80\xbf\x80", "a\x80b", // a continuation by itself
	"\xc0 ", "\xdf ", "\xe0 ", "\xef ", "\xf0 ", "\xf7 ", "\xf8 ", "\xfc ", // a first byte by itself
	"\xfe", "\xff", "\xfe\xfe\xff\xff", // never bytes of UTF-8
	"\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf", // over-long
	"\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80",
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf7\xbf\xbf\xbf", // above U+10FFFF
	"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf", // surrogates
	"\xed\xa0\x80\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf",
	"\xe0\x80\xe0\x80", "\xf0\x80\x80\xf0", "\xc3\x28", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc", "\xf0\x90\x28\xbc", "\xf0\x28\x8c\x28",
}
