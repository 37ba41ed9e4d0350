// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"slices"
	"time"
)

// needName gives the name behind a block's keyword; without it keepalived stops.
func (d *decoder) needName(n *Node) (string, bool) {
	a, ok := n.arg(0)
	if !ok {
		d.c.add(codeMissingArg, n.Pos, "%s is missing its argument", n.Key)
	}
	return a.Text, ok
}

func enterScript(d *decoder, _ any, n *Node) any {
	name, ok := d.needName(n)
	if !ok {
		return nil
	}
	s := &scriptDraft{name: name, pos: n.Pos}
	d.draft.scripts = append(d.draft.scripts, s)
	return s
}

func enterFile(d *decoder, _ any, n *Node) any {
	name, ok := d.needName(n)
	if !ok {
		return nil
	}
	f := &TrackedFile{Name: name, Pos: n.Pos, Weight: 1}
	d.draft.files = append(d.draft.files, f)
	return f
}

func enterProcess(d *decoder, _ any, n *Node) any {
	name, ok := d.needName(n)
	if !ok {
		return nil
	}
	p := &TrackedProcess{Name: name, Pos: n.Pos, Quorum: 1, QuorumMax: -1}
	d.draft.processes = append(d.draft.processes, p)
	return p
}

// maxBFDName is the longest name of a bfd_instance.
const maxBFDName = 31

func enterBFD(d *decoder, _ any, n *Node) any {
	name, ok := d.name(n)
	if !ok {
		return nil
	}
	if len(name) > maxBFDName {
		d.c.add(codeValue, n.Args[0].Pos, "the name of bfd_instance %s is longer than %d characters; the block is ignored", name, maxBFDName)
		return nil
	}
	if k := slices.IndexFunc(d.draft.bfds, func(b *bfdDraft) bool { return b.out.Name == name }); k >= 0 {
		d.c.add(codeDuplicate, n.Pos, "bfd_instance %s is already defined on line %d; this block is ignored", name, d.draft.bfds[k].out.Pos.Line)
		return nil
	}
	b := &bfdDraft{out: BFD{
		Name: name, Pos: n.Pos, MinRx: 10 * time.Millisecond, MinTx: 10 * time.Millisecond, IdleTx: time.Second, Multiplier: 5,
	}}
	d.draft.bfds = append(d.draft.bfds, b)
	return b
}

// defined counts the definitions of a kind so far.
func (d *decoder) defined(k trackKind) int {
	switch k {
	case trackedScript:
		return len(d.draft.scripts)
	case trackedFile:
		return len(d.draft.files)
	case trackedProcess:
		return len(d.draft.processes)
	case trackedBFD:
		return len(d.draft.bfds)
	default:
		return 0
	}
}

// trackWords are the keywords of the lists.
var trackWords = [trackKinds]string{"track_script", "track_interface", "track_file", "track_process", "track_bfd"}

// tracks takes lines NAME [weight N [reverse]].
func (d *decoder) tracks(t *tracksDraft, k trackKind, list []*Node) {
	for _, l := range list {
		e := trackDraft{name: Arg{Text: l.Key, Pos: l.Pos}, before: d.defined(k)}
		if d.trackOptions(l, k, &e) {
			t[k] = append(t[k], e)
		}
	}
}

// trackOptions says whether the entry can be used.
func (d *decoder) trackOptions(l *Node, k trackKind, e *trackDraft) bool {
	if len(l.Args) == 0 {
		return true
	}
	what := trackWords[k] + " " + l.Key
	if a := l.Args[0]; a.Text != "weight" {
		hint := "write one name on each line"
		if a.Text == "reverse" {
			hint = "write weight N reverse"
		}
		d.c.addHint(codeExtraArg, a.Pos, hint, "%s: unknown option %q; ignored", what, a.Text)
		return a.Text != "reverse"
	}
	number, ok := l.arg(1)
	if !ok {
		d.c.add(codeValue, l.Args[0].Pos, "%s: weight needs a number; the entry is ignored", what)
		return false
	}
	var w weighting
	if w.n, ok = d.weight(number, what, trackLimit(k)); ok {
		e.weight, e.turned = some(w), d.trackReverse(l, k, what)
	}
	return true
}

// trackLimit is the largest weight of a kind.
func trackLimit(k trackKind) int {
	if k == trackedFile || k == trackedProcess {
		return maxWeight + 1
	}
	return maxWeight
}

// trackReverse reads the word behind a weight.
func (d *decoder) trackReverse(l *Node, k trackKind, what string) opt[bool] {
	a, ok := l.arg(2)
	switch {
	case !ok:
		return opt[bool]{}
	case a.Text == "reverse":
		return some(true)
	case a.Text == "noreverse" && k != trackedInterface:
		return some(false)
	}
	d.c.addHint(codeExtraArg, a.Pos, didYouMean(a.Text, []string{"reverse", "noreverse"}), "%s: unknown option %q; ignored", what, a.Text)
	return opt[bool]{}
}
