// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"vipward/conf"
)

// The limits of an answer. Only a body that a regex searches is kept in
// memory.
const (
	maxHeader     = 64 << 10
	maxBody       = 64 << 20
	maxSearchBody = 1 << 20
	readSize      = 16 << 10
)

var endOfHeader = []byte("\r\n\r\n")

// receive reads an answer to its end and compares it with what a page must
// be: the status first, then the digest, then the regex. Neither chunks nor
// compression are undone: what came is what counts.
func receive(r io.Reader, u *conf.URL, re *regex, page *Page) error {
	header, rest, err := readHeader(r)
	if err != nil {
		return err
	}
	status, length, err := parseHeader(header)
	if err != nil {
		return err
	}
	a := answer{status: status, length: length, body: io.MultiReader(bytes.NewReader(rest), r)}
	if len(rest) > 0 {
		a.head = append(header[:len(header):len(header)], endOfHeader...)
	}
	return a.examine(u, re, page)
}

// answer is what has come of an answer. The head is there when the first bytes of the body
// came together with its end: only then keepalived searches it.
type answer struct {
	status int
	length int64 // that the header tells, -1: none
	head   []byte
	body   io.Reader
}

// examine compares an answer with what a page must be.
func (a answer) examine(u *conf.URL, re *regex, page *Page) error {
	page.Length = a.length
	if !slices.ContainsFunc(u.Status, func(s conf.StatusRange) bool { return s.First <= a.status && a.status <= s.Last }) {
		return fmt.Errorf("%w %d", ErrStatus, a.status)
	}
	b := newBody(u, re, a.length)
	err := b.readFrom(a.body)
	page.Bytes = b.count
	if err != nil {
		return err
	}
	return b.judge(u, re, a.head)
}

// readHeader reads to the empty line, and gives what came behind it as well.
func readHeader(r io.Reader) (header, rest []byte, err error) {
	var got []byte
	buf := make([]byte, readSize)
	for {
		n, err := r.Read(buf)
		from := max(len(got)-len(endOfHeader)+1, 0)
		got = append(got, buf[:n]...)
		if i := bytes.Index(got[from:], endOfHeader); i >= 0 {
			i += from
			return got[:i], got[i+len(endOfHeader):], nil
		}
		switch {
		case errors.Is(err, io.EOF) && len(got) == 0:
			return nil, nil, fmt.Errorf("%w, %w: no data", ErrReply, ErrShort)
		case errors.Is(err, io.EOF):
			return nil, nil, fmt.Errorf("%w, %w: the header does not end", ErrReply, ErrShort)
		case err != nil:
			return nil, nil, errors.Join(ErrRead, err)
		case len(got) > maxHeader:
			return nil, nil, fmt.Errorf("%w: the header is longer than %d bytes", ErrReply, maxHeader)
		}
	}
}

// parseHeader gives the status and the length of the body, -1 for none.
func parseHeader(header []byte) (status int, length int64, err error) {
	first, fields, _ := strings.Cut(string(header), "\r\n")
	version, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err = strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/") || len(code) != 3 || err != nil {
		return 0, 0, fmt.Errorf("%w: no %w line", ErrReply, ErrStatus)
	}
	return status, contentLength(fields), nil
}

func contentLength(fields string) int64 {
	for line := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

// body takes a body in constant memory, unless it is to be searched.
type body struct {
	count  int64
	sum    hash.Hash // nil: not asked for
	length int64     // that counts for the digest, -1: all
	search bool
	text   []byte
}

func newBody(u *conf.URL, re *regex, length int64) *body {
	b := &body{length: length, search: re != nil}
	if u.Digest != "" {
		b.sum = md5.New() //nolint:gosec // the configuration's digest is MD5
	}
	return b
}

func (b *body) readFrom(r io.Reader) error {
	buf := make([]byte, readSize)
	for {
		n, err := r.Read(buf)
		b.take(buf[:n])
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.Join(ErrRead, ErrBody, err)
		case b.count > maxBody, b.search && b.count > maxSearchBody:
			return fmt.Errorf("%w: the body is longer than can be looked at, %d bytes", ErrReply, b.count)
		}
	}
}

func (b *body) take(p []byte) {
	if b.search {
		b.text = append(b.text, p...)
	}
	if b.sum != nil {
		counts := p
		if b.length >= 0 {
			counts = p[:min(int64(len(p)), max(b.length-b.count, 0))]
		}
		b.sum.Write(counts)
	}
	b.count += int64(len(p))
}

func (b *body) judge(u *conf.URL, re *regex, head []byte) error {
	if b.sum != nil {
		if sum := hex.EncodeToString(b.sum.Sum(nil)); sum != u.Digest {
			return fmt.Errorf("%w %s", ErrDigest, sum)
		}
	}
	if re != nil {
		return re.judge(head, b.text)
	}
	return nil
}
