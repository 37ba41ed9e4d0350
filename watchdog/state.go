// SPDX-License-Identifier: Apache-2.0

package watchdog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// stateFile is what State needs of its file; the real one is a memfd.
type stateFile interface {
	io.ReaderAt
	io.WriterAt
}

// State keeps the bytes that a child saves for its successor. Two records are kept and
// the older one is overwritten, so a child that dies in the middle of Save leaves the
// previous record as it was. It is written with pwrite and not through a mapping: a save
// is two system calls, and a file that grows needs no remapping.
//
// Layout: two headers, then the records anywhere behind them. A record is put in front of
// the valid one if it fits there, else behind it; the file is then about three records long.
//
// A State is used by one goroutine.
type State struct {
	f    stateFile
	cur  header
	slot int // of cur
}

// header describes a record. The one with the higher generation is the newer.
type header struct {
	gen    uint64 // 0: none yet
	offset int64
	length int64
}

const (
	headerSize = 32
	recordBase = 2 * headerSize
)

// errHeader says that a slot holds no usable record.
var errHeader = errors.New("no valid record")

// OpenState finds the newest whole record of f.
func OpenState(f stateFile) *State {
	s := &State{f: f}
	for slot := range 2 {
		h, _, err := s.read(slot)
		if err == nil && h.gen > s.cur.gen {
			s.cur, s.slot = h, slot
		}
	}
	return s
}

// Load gives the bytes last saved, nil if there are none.
func (s *State) Load() []byte {
	if s.cur.gen == 0 {
		return nil
	}
	_, b, err := s.read(s.slot)
	if err != nil {
		return nil
	}
	return b
}

// Save replaces the bytes. The record goes first and its header second: until the header
// is whole, the previous record is the valid one.
func (s *State) Save(b []byte) error {
	next := header{gen: s.cur.gen + 1, offset: s.place(int64(len(b))), length: int64(len(b))}
	slot := 1 - s.slot
	if _, err := s.f.WriteAt(b, next.offset); err != nil {
		return fmt.Errorf("save %d bytes of state: %w", len(b), err)
	}
	if _, err := s.f.WriteAt(next.encode(b), int64(slot)*headerSize); err != nil {
		return fmt.Errorf("save state header: %w", err)
	}
	s.cur, s.slot = next, slot
	return nil
}

// place finds room for n bytes that does not touch the valid record.
func (s *State) place(n int64) int64 {
	if s.cur.gen == 0 || recordBase+n <= s.cur.offset {
		return recordBase
	}
	return s.cur.offset + s.cur.length
}

func (s *State) read(slot int) (header, []byte, error) {
	raw := make([]byte, headerSize)
	if _, err := s.f.ReadAt(raw, int64(slot)*headerSize); err != nil {
		return header{}, nil, err
	}
	h, sum := decodeHeader(raw)
	if h.gen == 0 || h.offset < recordBase || h.length < 0 {
		return header{}, nil, errHeader
	}
	// A section reader and not make([]byte, length): the length is not yet trusted.
	b, err := io.ReadAll(io.NewSectionReader(s.f, h.offset, h.length))
	if err != nil {
		return header{}, nil, err
	}
	if int64(len(b)) != h.length || checksum(raw[:headerSize-4], b) != sum {
		return header{}, nil, errHeader
	}
	return h, b, nil
}

func (h header) encode(record []byte) []byte {
	b := make([]byte, 0, headerSize)
	b = binary.LittleEndian.AppendUint64(b, h.gen)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.offset))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.length))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, checksum(b, record))
}

func decodeHeader(b []byte) (header, uint32) {
	le := binary.LittleEndian
	h := header{gen: le.Uint64(b), offset: int64(le.Uint64(b[8:])), length: int64(le.Uint64(b[16:]))}
	return h, le.Uint32(b[headerSize-4:])
}

// checksum covers the header as well, so that a torn header is not believed.
func checksum(head, record []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, record)
}
