// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"slices"
	"strings"
)

// slip changes one line as a hurried hand would.
func (g *Generator) slip(text []string) []string {
	out := slices.Clone(text)
	i := g.rng.IntN(len(out))
	switch g.rng.IntN(10) {
	case 0, 1: // a line is lost, perhaps a brace
		return slices.Delete(out, i, i+1)
	case 2: // a line stands twice
		return slices.Insert(out, i, out[i])
	case 3:
		out[i] = swap(out[i], g.rng.IntN(len(out[i])+1))
	case 4:
		out[i] = strings.Replace(out[i], " {", "", 1)
	case 5:
		out[i] += " " + pick(g, []string{"}", "{", `"`, "'", "\\", "# comment", "! comment", ";", "#", "{ }"})
	case 6:
		return slices.Insert(out, i, pick(g, []string{"}", "{", "nonsense", "nonsense {", "# comment", "!", "nonsense { x }", `"`, "=", "$X", "$X=1", "~", "@x"}))
	case 7: // two lines change places
		j := g.rng.IntN(len(out))
		out[i], out[j] = out[j], out[i]
	case 8: // quotes
		word, rest, ok := strings.Cut(out[i], " ")
		if ok && !strings.ContainsAny(rest, `"{`) {
			out[i] = word + " " + pick(g, []string{`"` + rest + `"`, "'" + rest + "'", `"` + rest, rest + `"`})
		}
	default: // a word is lost
		word, rest, _ := strings.Cut(out[i], " ")
		out[i] = pick(g, []string{word, rest})
	}
	return out
}

// swap exchanges two letters.
func swap(s string, i int) string {
	if i+1 >= len(s) {
		return s + "s"
	}
	return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
}

// layout breaks and joins lines without changing what they say.
func (g *Generator) layout(text []string) []string {
	var out []string
	for _, l := range text {
		switch head, open := strings.CutSuffix(l, " {"); {
		case open && g.rng.IntN(10) == 0:
			out = append(out, head, "{")
		case open && g.rng.IntN(10) == 0:
			out = append(out, head+"{ # opens")
		case g.rng.IntN(20) == 0:
			out = append(out, "\t "+l+"  \t")
		case g.rng.IntN(30) == 0:
			out = append(out, "", l)
		case l == "}" && g.rng.IntN(20) == 0 && len(out) > 0 && !strings.ContainsAny(out[len(out)-1], "#!"):
			out[len(out)-1] += " }"
		default:
			out = append(out, l)
		}
	}
	return out
}
