package actor_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the core did into testdata/*.txt instead of comparing; review the diff")

// TestTranscripts tells the core the events of each file in testdata and
// compares what it wants done.
//
// A file is paragraphs. One with a line of dashes is a block: above the dashes
// the events, each with its time since the start, below them the effects that
// follow. One that begins with "config" sets up the core. All else is prose.
//
// Objects are a, b, c ...: a is in slot 0, b in slot 1, and so on, round the four
// slots. a@2 is what the core's second activation made of a; it is given with
// an event only where it is not the newest. See script_test.go for the verbs.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { replayFile(t, file) })
	}
}

func replayFile(t *testing.T, file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run := newScript(t, file)
	paragraphs := strings.Split(strings.Trim(string(content), "\n"), "\n\n")
	for i, paragraph := range paragraphs {
		paragraphs[i] = run.paragraph(paragraph)
		if !*rewrite && paragraphs[i] != paragraph {
			t.Fatalf("%s: the core says otherwise\n--- the file\n%s\n+++ the core\n%s", file, paragraph, paragraphs[i])
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(paragraphs, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// paragraph gives the paragraph as it should read.
func (s *script) paragraph(text string) string {
	lines := strings.Split(text, "\n")
	if words := strings.Fields(lines[0]); len(words) > 0 && words[0] == "config" {
		s.configure(words[1:])
		return text
	}
	dashes := slices.Index(lines, "----")
	if dashes < 0 {
		return text
	}
	said := slices.Clone(lines[:dashes+1])
	for _, line := range lines[:dashes] {
		if !strings.HasPrefix(line, "#") {
			said = append(said, s.line(line)...)
		}
	}
	if len(said) == dashes+1 {
		said = append(said, "nothing")
	}
	return strings.Join(said, "\n")
}
