import type { Request, Response } from 'express';
import { readerOf } from '../web/reader.ts';
import type { PageModel } from './models.ts';
import type { Renderer } from './render.ts';

export type SendPage = (req: Request, res: Response, model: PageModel, status?: number) => Promise<void>;

/** A page in the language of whoever asks for it. */
export const sendPage =
  (renderer: Renderer): SendPage =>
  async (req, res, model, status = 200) => {
    const { html, language } = await renderer.render(model, readerOf(req));
    res.status(status).type('html').set({ 'content-language': language, vary: 'Accept-Language, Cookie' }).send(html);
  };
