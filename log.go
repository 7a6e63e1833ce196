package main

import (
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// logValueBytes bounds one value of a log line. What a client sent, or a stack
// trace, must not fill a disk.
const logValueBytes = 500

// secrets are the two spellings in which a password comes into an error of a database.
var secrets = regexp.MustCompile(`(://[^:/@\s]*:)[^@/\s]*@|(?i:(password|passwd|pwd|secret|token)=)('[^']*'|\S+)`)

// newLog writes JSON lines: control characters are escaped, passwords are taken
// out, long values are cut.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch v := a.Value.Any().(type) {
			case error:
				a.Value = slog.StringValue(presentable(v.Error()))
			case string:
				a.Value = slog.StringValue(presentable(v))
			}
			return a
		},
	}))
}

func presentable(text string) string {
	text = secrets.ReplaceAllStringFunc(text, func(found string) string {
		if at := strings.LastIndexByte(found, ':'); strings.HasPrefix(found, "://") && at > 2 {
			return found[:at+1] + "xxxxx@"
		}
		return found[:strings.IndexByte(found, '=')+1] + "xxxxx"
	})
	if len(text) > logValueBytes {
		text = strings.ToValidUTF8(text[:logValueBytes], "") + "…"
	}
	return text
}
