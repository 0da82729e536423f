"""The routes of inscriptions."""

from fastapi import APIRouter

from services.inscriptions.api import bulk, declarations, joins, records, registry

router = APIRouter()
router.include_router(registry.router)
router.include_router(bulk.router)
router.include_router(declarations.router)
router.include_router(joins.router)
router.include_router(records.router)
