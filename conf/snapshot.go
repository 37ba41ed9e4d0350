// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// snapshotVersion is raised when the form of a snapshot changes.
const snapshotVersion = 2

// snapshot is the wire form of a tree. Names of files are kept once.
type snapshot struct {
	Version int        `json:"version"`
	Files   []wireFile `json:"files"`
	Tree    []wireNode `json:"tree"`
}

// wireFile is a file and how text came there, Via of Pos.
type wireFile struct {
	Name wireText `json:"f"`
	Via  int      `json:"v,omitzero"`
}

// wirePos is index of the file, line and column.
type wirePos [3]int

type wireNode struct {
	Key    wireText   `json:"k"`
	Pos    wirePos    `json:"p"`
	Args   []wireArg  `json:"a,omitempty"`
	Raw    wireText   `json:"r,omitempty"`
	RawPos wirePos    `json:"q,omitzero"`
	Block  bool       `json:"b,omitempty"`
	Open   wirePos    `json:"o,omitzero"`
	Nodes  []wireNode `json:"n,omitempty"`
}

type wireArg struct {
	Text wireText `json:"t"`
	Pos  wirePos  `json:"p"`
}

// wireText is text that survives JSON byte for byte: what is not UTF-8 goes as
// base64 in a list of one.
type wireText string

// MarshalJSON implements json.Marshaler.
func (t wireText) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal([][]byte{[]byte(t)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *wireText) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '[' {
		return json.Unmarshal(b, (*string)(t))
	}
	var list [][]byte
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return fmt.Errorf("text of %d parts", len(list))
	}
	*t = wireText(list[0])
	return nil
}

// Snapshot gives the tree with all includes in place, for FromSnapshot. It holds
// passwords in clear: keep it where only the daemon can read it.
func (l *Loaded) Snapshot() ([]byte, error) {
	if l.Fatal() {
		return nil, errors.New("snapshot: the configuration cannot be run")
	}
	p := packer{files: map[wireFile]int{}}
	s := snapshot{Version: snapshotVersion, Tree: p.nodes(l.tree)}
	s.Files = p.list
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write snapshot: %w", err)
	}
	return b, nil
}

// FromSnapshot decodes and checks the tree of a snapshot. The result equals the
// Config of the Loaded that wrote it.
func FromSnapshot(b []byte) (*Config, error) {
	var s snapshot
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if s.Version != snapshotVersion {
		return nil, fmt.Errorf("read snapshot: version %d, want %d", s.Version, snapshotVersion)
	}
	c := newCollector()
	cfg := check(c, decode(c, unpacker(s.Files).nodes(s.Tree)))
	if c.worst() < Fatal {
		return cfg, nil
	}
	for _, d := range c.list {
		if d.Severity == Fatal {
			return nil, fmt.Errorf("read snapshot: %s", d)
		}
	}
	return nil, errors.New("read snapshot: fatal without a reason")
}

// packer turns nodes into their wire form.
type packer struct {
	files map[wireFile]int
	list  []wireFile
}

func (p *packer) pos(at Pos) wirePos {
	f := wireFile{wireText(at.File), at.Via}
	i, ok := p.files[f]
	if !ok {
		i = len(p.list)
		p.files[f] = i
		p.list = append(p.list, f)
	}
	return wirePos{i, at.Line, at.Col}
}

func (p *packer) nodes(list []*Node) []wireNode {
	var out []wireNode
	for _, n := range list {
		w := wireNode{Key: wireText(n.Key), Pos: p.pos(n.Pos), Raw: wireText(n.Raw), Block: n.Block}
		if n.Raw != "" {
			w.RawPos = p.pos(n.RawPos)
		}
		if n.Block {
			w.Open = p.pos(n.Open)
		}
		for _, a := range n.Args {
			w.Args = append(w.Args, wireArg{Text: wireText(a.Text), Pos: p.pos(a.Pos)})
		}
		w.Nodes = p.nodes(n.Children)
		out = append(out, w)
	}
	return out
}

// unpacker is the list of files of a snapshot.
type unpacker []wireFile

func (u unpacker) pos(w wirePos) Pos {
	p := Pos{Line: w[1], Col: w[2]}
	if w[0] >= 0 && w[0] < len(u) {
		p.File, p.Via = string(u[w[0]].Name), u[w[0]].Via
	}
	return p
}

func (u unpacker) nodes(list []wireNode) []*Node {
	var out []*Node
	for _, w := range list {
		n := &Node{Key: string(w.Key), Pos: u.pos(w.Pos), Raw: string(w.Raw), Block: w.Block, Children: u.nodes(w.Nodes)}
		if w.Raw != "" {
			n.RawPos = u.pos(w.RawPos)
		}
		if w.Block {
			n.Open = u.pos(w.Open)
		}
		for _, a := range w.Args {
			n.Args = append(n.Args, Arg{Text: string(a.Text), Pos: u.pos(a.Pos)})
		}
		out = append(out, n)
	}
	return out
}
