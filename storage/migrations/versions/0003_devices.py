"""Devices that stream by themselves, and what they recorded."""

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0003_devices"
down_revision = "0002_nothing_is_replaced"


def upgrade() -> None:
    op.create_table('device',
        sa.Column('id', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('kind', sa.Enum('body_worn', 'room_camera', 'encoder', name='devicekind', native_enum=False, length=40), nullable=False),
        sa.Column('unit', sa.String(length=20), nullable=False),
        sa.Column('token_hash', sa.String(), nullable=False),
        sa.Column('token_since', UtcDateTime(timezone=True), nullable=False),
        sa.Column('added_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('added_by', sa.String(length=20), nullable=True),
        sa.Column('revoked_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('seen_at', UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['added_by'], ['post.id'], name=op.f('fk_device_added_by')),
        sa.ForeignKeyConstraint(['unit'], ['unit.id'], name=op.f('fk_device_unit')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_device_token_hash'))
    )
    op.create_index(op.f('ix_device_unit'), 'device', ['unit'], unique=False)
    op.create_table('device_recording',
        sa.Column('id', sa.String(length=20), nullable=False),
        sa.Column('device', sa.String(length=20), nullable=False),
        sa.Column('began_at', UtcDateTime(timezone=True), nullable=False),
        sa.Column('stage', sa.Enum('writing', 'sealed', 'sealed_with_gap', 'empty', 'not_joined', name='stage', native_enum=False, length=40), nullable=False),
        sa.Column('starts_at', UtcDateTime(timezone=True), nullable=True),
        sa.Column('seconds', sa.Double(), nullable=False),
        sa.Column('gaps', sa.Text(), nullable=False),
        sa.Column('name', sa.String(), nullable=True),
        sa.Column('sha256', sa.String(), nullable=True),
        sa.Column('size', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(['device'], ['device.id'], name=op.f('fk_device_recording_device')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_device_recording'))
    )
    op.create_index(op.f('ix_device_recording_device'), 'device_recording', ['device'], unique=False)
    op.create_index(op.f('ix_device_recording_stage'), 'device_recording', ['stage'], unique=False)
