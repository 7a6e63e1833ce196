package price_test

import (
	"strings"
	"testing"

	"github.com/durabench/durabench/reports/price"
)

// TestListsAreRefused: a list with a hole would make something free.
func TestListsAreRefused(t *testing.T) {
	good := string(price.Embedded)
	for _, row := range []struct{ story, old, new string }{
		{"no JSON", "{", "["},
		{"a unit that is missing", `"unit": "KV list"`, `"unit": "KV lists"`},
		{"a unit twice", `"unit": "KV list"`, `"unit": "KV read"`},
		{"something free", `"usd": 5.00`, `"usd": 0`},
		{"for none", `"per": 20000000`, `"per": 0`},
		{"nobody said so", `"source": "Cloudflare docs: D1 pricing"`, `"source": ""`},
		{"one too many", `"prices": [`, `"prices": [{"unit": "lunch"},`},
	} {
		bad := strings.Replace(good, row.old, row.new, 1)
		if _, err := price.Parse([]byte(bad)); bad == good || err == nil {
			t.Errorf("%s: was taken", row.story)
		}
	}
	if _, err := price.Parse(price.Embedded); err != nil {
		t.Error(err)
	}
}

func TestUsagesAreRefused(t *testing.T) {
	for _, text := range []string{"[", `{"x":{"operations":{"y":{"lunch":1}}}}`, `{"x":{"poll":{"KV read":-1}}}`} {
		if _, err := price.ParseUsages([]byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}
