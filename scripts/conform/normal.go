package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// What depends on the instant or on chance, and what stands for it.
var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	instants = regexp.MustCompile(`\b1[6-9]\d{11}\b`) // Unix milliseconds of 2020 to 2033
	ids      = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	losses   = regexp.MustCompile(`"code":1006,"reason":"[^"]+"`) // the words are each runtime's own
	retries  = regexp.MustCompile(`(Retry-After=|"retryAfter":)(\d+)`)
)

// normal writes an answer so that equal answers are the same text: JSON in one spelling, and in place
// of times, IDs and waits what they are.
func normal(answer string) string {
	parts := strings.Split(answer, " | ")
	for i, part := range parts {
		at := strings.IndexAny(part, "{[")
		if at < 0 {
			continue
		}
		if spelled, ok := respell(part[at:]); ok {
			parts[i] = part[:at] + spelled
		}
	}
	answer = strings.Join(parts, " | ")
	answer = strings.ReplaceAll(answer, "\n", "␤") // one line per answer
	answer = uuids.ReplaceAllString(answer, "<uuid>")
	answer = instants.ReplaceAllString(answer, "<time>")
	answer = ids.ReplaceAllString(answer, "<id>")
	answer = losses.ReplaceAllString(answer, `"code":1006,"reason":"<words>"`)
	return retries.ReplaceAllStringFunc(answer, roundedUp)
}

// respell sorts the keys of objects and writes each number in one way.
func respell(text string) (string, bool) {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return "", false
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(v) != nil {
		return "", false
	}
	return strings.TrimRight(out.String(), "\n"), true
}

// roundedUp gives a wait in hundreds of seconds: the two systems are not asked in the same second.
func roundedUp(match string) string {
	parts := retries.FindStringSubmatch(match)
	seconds, err := strconv.Atoi(parts[2])
	if err != nil {
		return match
	}
	return parts[1] + strconv.Itoa((seconds+99)/100*100)
}
