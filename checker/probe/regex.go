// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"vipward/conf"
)

// What a search may cost. A pattern can take exponential time over a text
// that a server chose.
const (
	maxMatchTime  = 200 * time.Millisecond
	minMatchStack = 100_000      // numbers of 8 bytes
	maxMatchStack = 20 << 20 / 8 // PCRE2's limit of 20 MiB
)

// regex is a search in a body.
type regex struct {
	*conf.Regex
	re        *regexp2.Regexp
	utf       bool // the body is text in UTF-8, and not just bytes
	firstLine bool
}

// compile prepares a search. The words of PCRE2 that are not looked at here
// change neither whether there is a match nor where it begins.
func compile(c *conf.Regex) (*regex, error) {
	has := func(word string) bool { return slices.Contains(c.Options, word) }
	options := regexp2.None
	for word, option := range map[string]regexp2.RegexOptions{
		"caseless": regexp2.IgnoreCase, "dotall": regexp2.Singleline, "multiline": regexp2.Multiline,
		"extended": regexp2.IgnorePatternWhitespace, "no_auto_capture": regexp2.ExplicitCapture,
	} {
		if has(word) {
			options |= option
		}
	}
	pattern := c.Pattern
	if !has("utf") {
		pattern = string(latin(pattern))
	}
	p := translator{unicode: has("ucp"), extended: has("extended"), dollarEnd: has("dollar_endonly") && !has("multiline")}
	re, err := regexp2.Compile(p.translate(pattern), options, regexp2.OptionMaxBacktrackingStackSize(stackSize(c.StackMax)))
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w", ErrRegex, c.Pattern, err)
	}
	re.MatchTimeout = maxMatchTime
	return &regex{Regex: c, re: re, utf: has("utf"), firstLine: has("firstline")}, nil
}

// stackSize gives the numbers that a search may keep, for bytes of regex_stack.
func stackSize(limit uint64) int {
	if limit == 0 {
		return maxMatchStack
	}
	return int(min(max(limit/8, minMatchStack), maxMatchStack))
}

// latin makes a character of each byte.
func latin[T string | []byte](b T) []rune {
	out := make([]rune, len(b))
	for i := range len(b) {
		out[i] = rune(b[i])
	}
	return out
}

// judge says what is wrong with a body. A match counts that keepalived finds behind the
// head, or in it, where it searches both; offsets count from the start of what is searched.
func (r *regex) judge(head, body []byte) error {
	found, err := r.find(body)
	if err == nil && !found && len(head) > 0 {
		found, err = r.find(slices.Concat(head, body))
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRegex, err)
	case found == r.NoMatch:
		return fmt.Errorf("%w: match %t", ErrRegex, found)
	}
	return nil
}

// find says whether a match begins where it may.
func (r *regex) find(body []byte) (bool, error) {
	if r.MinOffset > uint64(len(body)) {
		return false, nil
	}
	text, from := latin(body), int(r.MinOffset)
	if r.utf {
		if !utf8.Valid(body) {
			return false, errors.New("the body is not UTF-8")
		}
		text, from = []rune(string(body)), utf8.RuneCount(body[:from])
	}
	m, err := r.re.FindRunesMatchStartingAt(text, from)
	if err != nil || m == nil {
		return false, err
	}
	at := m.RuneIndex
	if r.firstLine && slices.Contains(text[from:at], '\n') {
		return false, nil
	}
	if r.utf {
		at = len(string(text[:at]))
	}
	return r.MaxOffset == 0 || uint64(at) <= r.MaxOffset, nil
}
